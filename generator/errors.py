"""What can go wrong with what a user asks for. Each message is one clear line."""


class TrainstepError(Exception):
    """Base class of the errors that this package raises on purpose."""


class OptionError(TrainstepError):
    """An option that does not exist, does not apply, or has no such choice."""


class TemplateError(TrainstepError):
    """A file that the template does not emit, or a destination it cannot use."""
