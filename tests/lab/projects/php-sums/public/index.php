<?php
require '../lib/Sums.php';
$number = trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/') ?: '30';
header('Content-Type: text/plain');
echo Sums::factorial((int) $number), ' ', bcadd('0.1', '0.2', 2);
