<?php
final class Sums
{
    public static function factorial(int $number): string
    {
        return gmp_strval(gmp_fact($number));
    }
}
