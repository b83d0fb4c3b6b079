<?php
require __DIR__ . '/lib/database.php';
database()->exec('CREATE TABLE page (title TEXT PRIMARY KEY, text TEXT)');
database()->exec('CREATE TABLE visit (title TEXT)');
database()->exec("INSERT INTO page VALUES ('Heron', 'A wading bird.'), ('Hazel', 'A shrub with nuts.')");
