<?php
require __DIR__ . '/src/sorted.php';

if (isset($_GET['words'])) {
    header('Content-Type: text/plain');
    echo implode(' ', sorted(explode(',', $_GET['words']), $_GET['in'] ?? 'sv'));
    return;
}
echo 'limit ', ini_get('memory_limit'), ' ', $_SERVER['REQUEST_URI'];
