"""What a way out says when something did not leave the house."""


class NotSent(Exception):
    """A message or page did not go out, or nobody can say whether it did.

    The text says what, where and what to do, without an address or a word of the message.
    """

    def __init__(self, text: str, *, may_have_gone: bool = False, for_good: bool = False) -> None:
        super().__init__(text)
        self.may_have_gone = may_have_gone
        """The other side fell silent once it had everything: a person finds out, nobody repeats."""
        self.for_good = for_good
        """It would be refused again the same way, so another way is taken, or a person asked."""
