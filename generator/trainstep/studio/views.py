"""What else the page shows of the options, beside the files of the project."""

from trainstep.bundle.forms import FORMS, write_bundle
from trainstep.bundle.project import emit_project, fits_one_file
from trainstep.questions import Options
from trainstep.standalone import render_standalone

CLASS = "class"


def list_views(answers: Options) -> dict[str, str]:
    """Lists the names of the views, each with that of its file.

    Args:
        answers: The answers of the project, all of them.
    """
    forms = FORMS if fits_one_file(answers) else {}
    package = answers["package_name"]
    bundles = {name: f"{package}{ending}" for name, (ending, _) in forms.items()}
    return {CLASS: "custom_model.py", **bundles}


def render_view(options: Options, name: str) -> str:
    """Renders a view of the project that the options ask for.

    Raises:
        OptionError: If an answer is not allowed, or does not apply.
        RenderError: If the template is at fault.
        TemplateError: If the project does not fit into one file.
    """
    if name == CLASS:
        return render_standalone(options)
    return write_bundle(emit_project(options), name)
