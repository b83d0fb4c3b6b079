# escape=`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
RUN mkdir C:\app
RUN dir C:\
SHELL ["powershell", "-Command"]
RUN Install-WindowsFeature Web-Server
RUN Remove-Item -Recurse C:\inetpub\wwwroot\*
