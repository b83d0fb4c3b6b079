import unittest

from jobs.primes import primes


class Primes(unittest.TestCase):
    def test_small_ones(self):
        self.assertEqual(primes(12), [2, 3, 5, 7, 11])
