import std.algorithm : filter, map;
import std.array : array, join;
import std.conv : to;
import std.range : iota;
import std.stdio : writefln, writeln;

bool[] sieve(size_t limit)
{
    auto composite = new bool[limit + 1];
    for (size_t number = 2; number * number <= limit; number++)
        if (!composite[number])
            for (size_t many = number * number; many <= limit; many += number)
                composite[many] = true;
    return composite;
}

void main(string[] words)
{
    immutable limit = words.length > 1 ? words[1].to!size_t : 50;
    auto composite = sieve(limit);
    auto primes = iota(2, limit + 1).filter!(it => !composite[it]).array;
    writeln(primes.map!(to!string).join(" "));
    writefln("%d primes up to %d", primes.length, limit);
}
