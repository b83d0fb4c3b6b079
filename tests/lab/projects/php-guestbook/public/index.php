<?php
$database = new PDO('sqlite:/var/www/storage/guests.sqlite');
$database->exec('CREATE TABLE IF NOT EXISTS guest (id INTEGER PRIMARY KEY, name TEXT)');

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $database->prepare('INSERT INTO guest (name) VALUES (?)')->execute([$_POST['name']]);
    http_response_code(201);
}

foreach ($database->query('SELECT name FROM guest ORDER BY id') as $row) {
    echo htmlspecialchars($row['name']), "\n";
}
echo "end of the list\n";
