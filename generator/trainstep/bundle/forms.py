"""What a project is bundled as."""

import warnings

from trainstep.bundle.notebook import write_notebook
from trainstep.bundle.project import Project
from trainstep.bundle.script import write_script
from trainstep.errors import TemplateError

FORMS = {"script": (".py", write_script), "notebook": (".ipynb", write_notebook)}
"""How the name of each form ends, and what writes it."""


def write_bundle(project: Project, form: str) -> str:
    """Writes a project as one of `FORMS`.

    Raises:
        TemplateError: If the project does not fit into one file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # They are about the project's own text.
        try:
            return FORMS[form][1](project)
        except ValueError as error:
            problem = f"The modules do not fit into one file: {error}"
            raise TemplateError(problem) from error
