# escape=`
FROM mcr.microsoft.com/windows
COPY a C:\temp\
RUN dir `
  C:\
CMD ["C:\\a.exe", "b"]
