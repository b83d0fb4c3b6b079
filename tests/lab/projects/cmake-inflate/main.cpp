#include "stream.h"

#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>

int main(int argc, char **argv)
try {
	std::ifstream file(argc > 1 ? argv[1] : "/dev/stdin", std::ios::binary);
	std::cout << inflated({std::istreambuf_iterator<char>(file), {}});
	return 0;
} catch (const std::exception &error) {
	std::cerr << error.what() << '\n';
	return 1;
}
