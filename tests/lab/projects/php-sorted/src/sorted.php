<?php
function sorted(array $words, string $locale): array
{
    (new Collator($locale))->sort($words);
    return $words;
}
