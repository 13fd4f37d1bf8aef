"""What may stand in an address: ids that a BIGINT can hold, and payment numbers."""


class IdConverter:
    """A row's id."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        """Read the id."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Write the id."""
        return str(value)


class NumberConverter:
    """A payment's public number."""

    regex = "[0-9]{10,40}"

    def to_python(self, value: str) -> str:
        """Keep the digits as they are."""
        return value

    def to_url(self, value: str) -> str:
        """Write the digits as they are."""
        return value
