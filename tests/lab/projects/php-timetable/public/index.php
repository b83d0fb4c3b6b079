<?php
require __DIR__ . '/../src/Timetable.php';

$table = Timetable::read(__DIR__ . '/../data/trains.json');
$town = trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/');
file_put_contents(__DIR__ . '/../storage/asked.log', "$town\n", FILE_APPEND);
if (!isset($table[$town])) {
    http_response_code(404);
    exit("no trains\n");
}
echo implode(', ', $table[$town]), "\n", NumberFormatter::create('de_DE', NumberFormatter::DECIMAL)->format(1234.5), "\n";
