#include <fstream>
#include <iterator>
#include <string>
#include <zlib.h>

int main(int, char **argv)
{
	std::ifstream in(argv[1], std::ios::binary);
	std::string text{std::istreambuf_iterator<char>(in), {}};
	uLongf size = compressBound(text.size());
	std::string packed(size, '\0');
	compress(reinterpret_cast<Bytef *>(&packed[0]), &size, reinterpret_cast<const Bytef *>(text.data()), text.size());
	std::ofstream(argv[2], std::ios::binary).write(packed.data(), size);
}
