"""KaTeX for the page, as Gradio brings it along.

Gradio's wheel holds KaTeX as one script, one style sheet and its fonts, under names with a digest
in them. They are served beside our scripts under a name that does not change, so that the project
has no copy of its own and nothing is fetched from another host.
"""

from pathlib import Path
from typing import Final

import gradio
from fastapi import FastAPI
from fastapi.responses import Response
from starlette.staticfiles import StaticFiles

_BUNDLED: Final = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"


def mount_katex(app: FastAPI, scripts: str) -> None:
    """Serve ``katex.js`` under the scripts' address: its default export is KaTeX, and ``css`` is
    the address of its styles. To be called before the scripts' own folder is mounted.

    Raises:
        FileNotFoundError: this release of Gradio has no KaTeX of the expected form.
    """
    module = _module()
    app.mount(f"/{scripts}/katex", StaticFiles(directory=_BUNDLED), name="page-katex")

    async def katex() -> Response:
        return Response(module, media_type="text/javascript")

    app.add_api_route(f"/{scripts}/katex.js", katex, methods=["GET"], include_in_schema=False)


def _module() -> str:
    script, styles = _only("katex-*.js"), _only("katex-*.css")
    return (
        f'export {{ default }} from "./katex/{script}";\n'
        f'export const css = new URL("./katex/{styles}", import.meta.url);\n'
    )


def _only(pattern: str) -> str:
    found = sorted(path.name for path in _BUNDLED.glob(pattern))
    if len(found) != 1:
        raise FileNotFoundError(f"{_BUNDLED} has {len(found)} files {pattern}, not one")
    return found[0]
