#pragma once
#include <string>

std::string inflated(const std::string &packed);
