FROM node:22
ONBUILD RUN npm install
ONBUILD RUN npm run build
RUN ["npm", "--version"]
RUN npm install -g http-server
RUN useradd -m app
USER app
RUN npm install left-pad
