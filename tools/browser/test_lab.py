"Is the bench itself to be trusted? It must see an outside request and a console error"
import lab as bench

def test_cells_run(lab):
    lab.open(['x = 1', 'print(x + 1)'])
    assert lab.kernel('x + 1') == '2'
    assert '2' in lab.page.locator('.jp-OutputArea-output').first.inner_text()
    lab.shot('lab')

def test_outside_requests_are_seen(lab):
    lab.open(['import IPython.display as d', 'd.HTML(\'<img alt="" src="http://192.0.2.1/a.png">\')'])
    lab.page.wait_for_timeout(500)
    assert any('192.0.2.1' in p for p in lab.problems), lab.problems
    lab.problems = []

def test_errors_are_seen(lab):
    lab.open(['1'])
    lab.page.evaluate("setTimeout(() => { throw Error('on purpose') })")
    lab.page.evaluate("console.error('and this')")
    lab.page.wait_for_timeout(200)
    assert len(lab.problems) == 2, lab.problems
    lab.problems = []

def test_a_cell_that_fails_is_seen(lab):
    try: lab.open(['1/0'])
    except AssertionError as e: assert 'ZeroDivisionError' in str(e), e
    else: raise AssertionError('a failed cell was not noticed')
