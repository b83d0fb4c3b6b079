FROM python:3.13-slim
COPY debian/server.py /opt/server.py
EXPOSE 8081
CMD ["python", "/opt/server.py"]
