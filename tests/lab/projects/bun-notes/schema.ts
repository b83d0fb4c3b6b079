import { Database } from "bun:sqlite";

const database = new Database(process.env.DATABASE, { create: true });
database.run("create table if not exists notes (text text)");
database.run("insert into notes values ('first')");
