<?php
require __DIR__ . '/lib/database.php';
$title = $_GET['title'] ?? '';
if ($title === '') {
    foreach (database()->query('SELECT title FROM page ORDER BY title') as $row) {
        echo '<a href="?title=', urlencode($row['title']), '">', htmlspecialchars($row['title']), "</a>\n";
    }
    exit;
}
$found = database()->prepare('SELECT text FROM page WHERE title = ?');
$found->execute([$title]);
$text = $found->fetchColumn();
if ($text === false) {
    http_response_code(404);
    $text = 'No such page.';
}
echo '<p>', htmlspecialchars($text), "</p>\n";
database()->prepare('INSERT INTO visit (title) VALUES (?)')->execute([$title]);
