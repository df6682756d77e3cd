"""script/test: stages."""


def test(arguments: list[str]) -> int:
    return 0
