// python.exe of the Windows Python for tests: runs the interpreter of PYTHON_DLL, the path of python312.dll. A virtual
// environment has a copy of this program and no DLL, as on Windows.
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

typedef int (*Main)(int count, wchar_t **words);

int wmain(int count, wchar_t **words) {
  HMODULE library = LoadLibraryExW(PYTHON_DLL, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
  Main run = library ? (Main)(void *)GetProcAddress(library, "Py_Main") : NULL;
  if (run) return run(count, words);
  fwprintf(stderr, L"%ls could not be loaded: error %lu\n", PYTHON_DLL, GetLastError());
  return 103;
}
