<?php
$easter = date('j F', easter_date(2025));
require __DIR__ . '/../templates/page.php';
