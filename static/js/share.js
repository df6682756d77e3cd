// Passing on a link: the phone's own way of sharing where there is one, else the link to copy is unfolded.
for (const box of document.querySelectorAll("[data-share]")) {
  box.querySelector("summary").addEventListener("click", async (event) => {
    if (!navigator.share || box.open) return;
    event.preventDefault();
    try {
      await navigator.share({ title: box.dataset.shareTitle, text: box.dataset.shareTitle, url: box.dataset.shareUrl });
    } catch (error) {
      if (error.name !== "AbortError") box.open = true;
    }
  });
}
