# All frameworks for the CPU: docker build -t ivy-s2s . && docker run --rm -it ivy-s2s ivy-s2s --help
FROM python:3.11.9-slim
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 TF_CPP_MIN_LOG_LEVEL=3 JAX_PLATFORMS=cpu
WORKDIR /opt/ivy
COPY requirements requirements
RUN pip install --index-url https://download.pytorch.org/whl/cpu -r requirements/torch.txt \
    && pip install -r requirements/test.txt \
    && pip install --no-deps -r requirements/libraries.txt
COPY . .
RUN pip install .
WORKDIR /work
CMD ["python"]
