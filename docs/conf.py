"""How Sphinx builds the documentation: `make docs`, or `make docs-quick` without running the gallery."""

import os
import warnings
from importlib.metadata import version as installed_version

project = "classicvis"
author = "The classicvis developers"
copyright = "2026, the classicvis developers"
version = release = installed_version("classicvis")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "myst_parser",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
default_role = "literal"  # single backticks mean code, as in scikit-learn's docstrings

autosummary_generate = True
autodoc_default_options = {"members": True, "inherited-members": True}
numpydoc_show_class_members = False
numpydoc_validation_checks = {
    "all",
    "ES01",  # an extended summary where there is nothing to add
    "GL01",  # text begins on the line of the quotes
    "SA01",  # See Also where nothing is alike
    "SA04",  # what a name in See Also is, its own page says
    "EX01",  # methods are shown in the example of their class
}
numpydoc_validation_exclude = {r"\.fit_transform$", r"\.set_output$", r"\.set_\w+_request$", r"\.get_\w+$"}

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
    "download_all_examples": False,
    "abort_on_example_error": True,
    "remove_config_comments": True,
}
