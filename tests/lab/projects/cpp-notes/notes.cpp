// Fills a table in memory from a script and prints it, with a sum over it.
#include <fstream>
#include <iostream>
#include <sqlite3.h>
#include <sstream>
#include <string>
#include <zlib.h>

int main(int count, char **words) {
    std::ifstream script(count > 1 ? words[1] : "sql/schema.sql");
    std::stringstream text;
    text << script.rdbuf();
    sqlite3 *db = nullptr;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK) return 1;
    char *problem = nullptr;
    if (sqlite3_exec(db, text.str().c_str(), nullptr, nullptr, &problem) != SQLITE_OK) {
        std::cerr << problem << "\n";
        return 1;
    }
    std::string all;
    sqlite3_exec(db, "select text from notes order by text", [](void *into, int, char **row, char **) {
        *static_cast<std::string *>(into) += std::string(row[0]) + "\n";
        return 0;
    }, &all, nullptr);
    std::cout << all << crc32(0, reinterpret_cast<const Bytef *>(all.data()), static_cast<uInt>(all.size())) << "\n";
}
