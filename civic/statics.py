"""Static files in production: hashed names, gzip and brotli beside each file (whitenoise serves them)."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """Manifest storage that follows the imports of our own JavaScript modules and of those of packages that we serve
    as they are, and leaves source map comments alone: packages name maps, and modules, that they do not ship.
    """

    patterns: Any = tuple(
        (
            glob,
            [
                rule
                for rule in rules
                if "sourceMappingURL" not in (rule if isinstance(rule, str) else rule[0])
            ],
        )
        for glob, rules in CompressedManifestStaticFilesStorage.patterns
    )
    # Django asks twice: by the name a file is served under, and by its path in its own folder (of a package: without
    # the prefix).
    patterns += tuple(
        (glob, CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1])
        for glob in ("js/*.js", "qr/*.js", "decode.js")
    )
