"Sphinx reads the pages that tools/stage_docs.py wrote to _stage; tools/docs.py calls it."
import sys
from configparser import ConfigParser
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here))
cfg = ConfigParser(delimiters=['='])
cfg.read(here.parent/'settings.ini', encoding='utf-8')
cfg = cfg['DEFAULT']

project, author, release, copyright = cfg['title'], cfg['author'], cfg['version'], cfg['copyright']
language = 'en'
extensions = ['myst_nb', 'sphinx_design', 'sphinx_copybutton', 'mathml']
nb_execution_mode = 'off' # the tests have run the notebooks; the pages show the outputs they hold
exclude_patterns = ['_built', 'jupyter_execute']
nb_merge_streams = True
myst_enable_extensions = ['amsmath', 'dollarmath', 'colon_fence', 'html_image', 'deflist']
myst_heading_anchors = 4
myst_heading_slug_func = 'mathml.slug'
suppress_warnings = ['mystnb.unknown_mime_type', 'misc.highlighting_failure']
html_math_renderer = 'mathml'
templates_path = [str(here/'_templates')]
html_theme = 'pydata_sphinx_theme'
html_title = project
html_static_path = [str(here/'_static')]
html_css_files = ['site.css']
html_show_sourcelink = html_copy_source = False
html_sidebars = {'**': ['sidebar.html']}
html_context = dict(default_mode='auto')
html_theme_options = dict(
    icon_links=[dict(name='Source', url=cfg['git_url'], icon='fa-brands fa-github')],
    navbar_align='left', navbar_center=[], navigation_with_keys=False, show_toc_level=2,
    secondary_sidebar_items=['page-toc'], footer_start=['copyright'], footer_end=[])
