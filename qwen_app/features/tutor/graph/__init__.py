"""Pictures of functions, equations and inequalities: sampled here, drawn by the page.

    from qwen_app.features.tutor.graph.choose import graphs

    text = "x² - 5x + 6 = 0"
    for graph in graphs([(text, read_problem(text).statements)]):
        graph.en          # "Graph of y = x² - 5x + 6. It crosses ... at (2, 0), (3, 0). ..."

Everything is bounded: trees of `_MOST_NODES`, some thousands of values, floats only.
"""
