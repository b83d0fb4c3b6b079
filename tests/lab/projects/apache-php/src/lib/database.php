<?php
function database(): PDO
{
    static $database = null;
    return $database ??= new PDO('sqlite:' . __DIR__ . '/../wiki.db');
}
