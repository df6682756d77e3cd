// Says under the date of birth that a guardian has to agree, as soon as the date makes somebody a minor.
const note = document.querySelector("[data-minor-after]"), born = document.getElementById("id_birth_date");
const tell = () => { note.hidden = !(born.value > note.dataset.minorAfter); };
born.addEventListener("input", tell);
tell();
