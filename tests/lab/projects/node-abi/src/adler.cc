#include <nan.h>

NAN_METHOD(Adler) {
  Nan::Utf8String text(info[0]);
  uint32_t a = 1, b = 0;
  for (int at = 0; at < text.length(); at++) {
    a = (a + static_cast<unsigned char>((*text)[at])) % 65521;
    b = (b + a) % 65521;
  }
  info.GetReturnValue().Set(Nan::New<v8::Uint32>((b << 16) | a));
}

NAN_MODULE_INIT(Init) { Nan::Export(target, "adler", Adler); }
NODE_MODULE(adler, Init)
