"""Static files as production serves them: every module finds what it imports under its hashed name."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.staticfiles.finders import get_finders

from civic.statics import Storage

IMPORTED = re.compile(r"""^import[^;]*?from\s*["'](\./[^"']+)["']\s*;""", re.MULTILINE)


@pytest.fixture
def collected(tmp_path: Path) -> Storage:
    """Our modules and the package's, collected, hashed and with their imports rewritten."""
    storage = Storage(location=tmp_path, base_url="/static/")
    paths: dict[str, Any] = {}
    ignored: list[str] = apps.get_app_config("staticfiles").ignore_patterns  # type: ignore[attr-defined]
    for finder in get_finders():
        for path, source in finder.list(ignored):
            name = f"{source.prefix}/{path}" if getattr(source, "prefix", None) else path
            if re.fullmatch(r"(js|qr)/\w+\.js", name):
                paths[name] = (source, path)
                with source.open(path) as original:
                    storage.save(name, original)
    failed = [done for _, _, done in storage.post_process(paths) if isinstance(done, Exception)]
    assert failed == []
    return storage


def test_every_import_names_a_file_that_is_served(collected: Storage) -> None:
    served, followed = set(collected.hashed_files.values()), 0
    for name in sorted(served):
        with collected.open(name) as found:
            for address in IMPORTED.findall(found.read().decode()):
                assert f"{Path(name).parent}/{address.removeprefix('./')}" in served, (name, address)
                followed += 1
    assert followed > 10 and "qr/decode.js" in collected.hashed_files
