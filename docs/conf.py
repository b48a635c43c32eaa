"""How Sphinx builds the documentation: `make docs`, or `make docs-quick` without running the gallery."""

from importlib.metadata import version as installed_version

project = "classicvis"
author = "The classicvis developers"
copyright = "2026, the classicvis developers"
version = release = installed_version("classicvis")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "myst_parser",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
default_role = "literal"  # single backticks mean code, as in scikit-learn's docstrings

autosummary_generate = True
autodoc_default_options = {"members": True, "inherited-members": True}
autodoc_typehints = "none"  # types stand in the docstrings
numpydoc_show_class_members = False
numpydoc_validation_checks = {
    "all",
    "ES01",  # an extended summary where there is nothing to add
    "EX01",  # methods are shown in the example of their class
    "GL01",  # where a docstring begins is ruff's to check
    "RT02",  # what is returned has a name, as in scikit-learn
    "SA01",  # See Also where nothing is alike
}
# What users are given and never make: documented by its attributes.
numpydoc_validation_exclude = {
    r"\.(BadImage|Comparison|ComparisonInterrupted|DenseDescriptors|HOGScale|HOGTemplate|ImageFolder|KeypointDescriptors|MethodRun|Tuning)$"
}

extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}
# Documentation is built without a network, so that names of other libraries are no links.
nitpick_ignore_regex = [("py:.*", r"(joblib|matplotlib|numpy|pandas|skimage|sklearn)\..*")]

html_theme = "pydata_sphinx_theme"
html_title = f"classicvis {version}"
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}
html_sidebars = {"installation": [], "changelog": [], "developing": []}
html_show_sourcelink = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "within_subsection_order": "FileNameSortKey",
    "show_memory": False,
    "write_computation_times": False,
    "download_all_examples": False,
    "abort_on_example_error": True,
    "remove_config_comments": True,
}


def skip_foreign_member(app, what, name, member, skip, options):
    """Leave out what a class inherits from scikit-learn and Python, and what named tuples and metadata routing add."""
    function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
    is_ours = (getattr(function, "__module__", None) or "").startswith("classicvis")
    return skip or not is_ours or name.endswith("_request")


def setup(app):
    """Show the methods of our own base classes, too."""
    app.connect("autodoc-skip-member", skip_foreign_member)
