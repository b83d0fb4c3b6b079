FROM node:22-alpine
WORKDIR /usr/src/app

# Dependencies first, for the cache.
COPY package*.json ./
RUN npm ci --omit=dev
COPY . .

EXPOSE 3000
CMD ["npm", "start"]
