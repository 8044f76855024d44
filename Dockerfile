#   docker build -t qwen-app .                            # CPU
#   docker build -t qwen-app --build-arg DEVICE=cuda .    # NVIDIA GPUs; run with --gpus all
#   docker run -p 8000:7860 -v qwen-models:/home/user/.cache qwen-app
#
# Port 7860 is what Docker Spaces and ModelScope Studio expect; flags may follow the image's name.

# Both may name a mirror; a package index is e.g. https://mirrors.aliyun.com/pypi/simple
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ARG DEVICE=cpu
ARG PIP_INDEX_URL=https://pypi.org/simple
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.txt requirements-cuda.txt requirements-modelscope.txt /tmp/
# The package index has torch for CUDA; its CPU build, a tenth of the size, is on torch's own.
RUN case "$DEVICE" in \
      cpu) pip install --extra-index-url https://download.pytorch.org/whl/cpu \
             -r /tmp/requirements.txt -r /tmp/requirements-modelscope.txt ;; \
      cuda) pip install -r /tmp/requirements.txt -r /tmp/requirements-cuda.txt \
             -r /tmp/requirements-modelscope.txt ;; \
      *) echo "DEVICE must be cpu or cuda, not '$DEVICE'" >&2; exit 1 ;; \
    esac

FROM ${PYTHON_IMAGE}
# Spaces run containers as user 1000. The cache exists before it is a volume, so that it is his.
RUN useradd --create-home --uid 1000 user \
 && install -d -o user -g user /home/user/app /home/user/.cache
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    QWEN_APP_HOST=0.0.0.0 \
    QWEN_APP_PORT=7860
USER user
WORKDIR /home/user/app
COPY --chown=user app.py config.yaml LICENSE ./
COPY --chown=user assets assets
COPY --chown=user prompts prompts
COPY --chown=user qwen_app qwen_app
RUN python -m compileall -q app.py qwen_app
VOLUME /home/user/.cache
EXPOSE 7860
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"QWEN_APP_PORT\"]}/health', timeout=4)"]
ENTRYPOINT ["python", "app.py"]
