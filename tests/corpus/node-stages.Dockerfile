FROM node:22 AS build
WORKDIR /app
COPY package*.json ./
RUN npm ci
RUN npm run build
RUN npm prune --omit=dev

FROM node:22-slim
RUN apt-get update && apt-get install -y tini
RUN mkdir /data
COPY --from=build /app /app
CMD ["node", "/app/server.js"]
