#include "stream.h"

#include <stdexcept>
#include <zlib.h>

std::string inflated(const std::string &packed)
{
	std::string text(1 << 16, '\0');
	uLongf size = text.size();
	if (uncompress(reinterpret_cast<Bytef *>(&text[0]), &size,
	               reinterpret_cast<const Bytef *>(packed.data()), packed.size()) != Z_OK)
		throw std::runtime_error("not in the format of zlib");
	text.resize(size);
	return text;
}
