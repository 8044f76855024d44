"""A part of the page that has its own script.

`gr.HTML` gives it an element, calls to Python functions, events and a value that Python may
set; everything that is seen in it is made by a module under ``assets/ui``. So the templates
stay empty, and no text of a model or a reader ever passes through Gradio's template engine.
"""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

_ON_LOAD = """
const island = {{ element, props, server, watch, trigger: (event, data) => trigger(event, data) }};
// Events of this island: {events}
import(new URL("{module}", document.baseURI)).then((module) => module.mount(island));
"""


def island(
    name: str,
    module: str,
    *,
    functions: Sequence[Callable[..., Any]] = (),
    events: Sequence[str] = (),
    **props: Any,
) -> gr.HTML:
    """The component.

    Args:
        name: its element's id is ``island-<name>``.
        module: address of the script, relative to the page's own, so that a proxy may serve the
            app under any path. It exports ``mount(island)``.
        functions: what the script may call as ``island.server.<function>(argument)``. Such calls
            wait in no queue.
        events: what the script may set off with ``island.trigger(event, data)``; Python listens
            with ``component.<event>(...)``.
        props: values for the script, as ``island.props.<name>``.
    """
    return gr.HTML(
        elem_id=f"island-{name}",
        elem_classes=["island"],
        html_template=f'<div class="{name}"></div>',
        # Gradio knows a custom event by its name standing in quotes in this text.
        js_on_load=_ON_LOAD.format(
            module=module, events=", ".join(f"'{event}'" for event in events) or "none"
        ),
        server_functions=list(functions),
        apply_default_css=False,
        **props,
    )
