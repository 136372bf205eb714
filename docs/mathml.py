"""Formulas as MathML, which browsers draw themselves: a page needs no script and no font from anywhere.

(The usual way, MathJax, is 2 MB of script to carry along, or a request to somebody's server on every view.)"""
from docutils import nodes
from latex2mathml.converter import convert

def slug(s): return s.strip().lower().replace(' ', '-')

def inline(self, node):
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode

def block(self, node):
    self.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode

def setup(app):
    app.add_html_math_renderer('mathml', (inline, None), (block, None))
    return dict(parallel_read_safe=True, parallel_write_safe=True)
