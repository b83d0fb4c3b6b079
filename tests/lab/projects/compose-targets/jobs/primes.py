def primes(below):
    found = []
    for number in range(2, below):
        if all(number % it for it in found):
            found.append(number)
    return found
