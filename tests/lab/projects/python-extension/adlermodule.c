#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <zlib.h>

static PyObject *sum(PyObject *self, PyObject *arguments)
{
	const char *text;
	Py_ssize_t length;

	if (!PyArg_ParseTuple(arguments, "y#", &text, &length))
		return NULL;
	return PyLong_FromUnsignedLong(adler32(adler32(0, NULL, 0), (const Bytef *)text, (uInt)length));
}

static PyMethodDef methods[] = {
	{"sum", sum, METH_VARARGS, "The Adler-32 checksum of some bytes."},
	{NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "adler", NULL, -1, methods};

PyMODINIT_FUNC PyInit_adler(void)
{
	return PyModule_Create(&module);
}
