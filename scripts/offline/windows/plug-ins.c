// Fakes of the plug-ins that electron-builder's NSIS script calls, for a rehearsal under wine: no request for
// administrator rights, no app ID in shortcuts; the 7za.exe in CACHIBOT_7ZA unpacks the app. Compiled once, then copied
// under the name of each plug-in.
#define UNICODE
#include <windows.h>
#include <shellapi.h>

enum { LONGEST = 8192 };

typedef struct item {
  struct item *next;
  WCHAR text[1];
} item;

static int width;
static item **top;

static void pop(WCHAR *text) {
  item *first = *top;
  text[0] = 0;
  if (!first) return;
  lstrcpynW(text, first->text, LONGEST);
  *top = first->next;
  GlobalFree(first);
}

static void push(const WCHAR *text) {
  item *added = GlobalAlloc(GPTR, sizeof(item) + (width + 1) * sizeof(WCHAR));
  lstrcpynW(added->text, text, width);
  added->next = *top;
  *top = added;
}

// Defines a function with the arguments that NSIS passes: its window, the length of its strings, its variables ($0 to $9
// and more), its stack.
#define CALLED(name) \
  static void do_##name(WCHAR *variables); \
  __declspec(dllexport) void name(HWND window, int string_width, WCHAR *variables, item **stack) { \
    width = string_width; \
    top = stack; \
    do_##name(variables); \
  } \
  static void do_##name(WCHAR *variables)

// UAC: this is the only process, and it has administrator rights.
CALLED(_) {
  WCHAR question[LONGEST];
  pop(question);
  const WCHAR *answer = question[0] == '2' ? L"1" : L"0";
  if (question[0] != '2' && question[0] != '3') return;
  if (question[1] == 's') push(answer);
  else lstrcpynW(variables, answer, width);
}

// StdUtils: reads options from the command line.
static BOOL option(const WCHAR *name, WCHAR *value) {
  int count, length = lstrlenW(name);
  WCHAR **words = CommandLineToArgvW(GetCommandLineW(), &count);
  BOOL found = FALSE;
  for (int at = 1; at < count && !found; at++) {
    WCHAR *word = words[at];
    while (*word == '-' || *word == '/') word++;
    found = word != words[at] && CompareStringOrdinal(word, length, name, length, TRUE) == CSTR_EQUAL &&
            (word[length] == 0 || word[length] == '=');
    if (found && value) lstrcpynW(value, word[length] ? word + length + 1 : L"", LONGEST);
  }
  LocalFree(words);
  return found;
}

CALLED(TestParameter) {
  WCHAR name[LONGEST];
  pop(name);
  push(option(name, NULL) ? L"true" : L"false");
}

CALLED(GetParameter) {
  WCHAR name[LONGEST], value[LONGEST];
  pop(value); // the default
  pop(name);
  option(name, value);
  push(value);
}

CALLED(GetAllParameters) {
  WCHAR truncate[LONGEST];
  pop(truncate);
  const WCHAR *line = GetCommandLineW();
  BOOL quoted = FALSE;
  for (; *line && (quoted || *line != ' '); line++)
    if (*line == '"') quoted = !quoted;
  while (*line == ' ') line++;
  push(line);
}

CALLED(GetParentPath) {
  WCHAR path[LONGEST];
  pop(path);
  int at = lstrlenW(path);
  while (at > 0 && path[at] != '\\') at--;
  path[at] = 0;
  push(path);
}

CALLED(ExecShellAsUser) {
  WCHAR file[LONGEST], verb[LONGEST], words[LONGEST];
  pop(words);
  pop(verb);
  pop(file);
  HINSTANCE done = ShellExecuteW(NULL, verb[0] ? verb : NULL, file, words, NULL, SW_SHOWNORMAL);
  push((INT_PTR)done > 32 ? L"ok" : L"error");
}

// WinShell: sets the app ID of a shortcut, which groups windows in the taskbar. Not tested.
CALLED(SetLnkAUMI) {
  WCHAR word[LONGEST];
  pop(word);
  pop(word);
}

CALLED(UninstShortcut) {
  WCHAR word[LONGEST];
  pop(word);
}

CALLED(UninstAppUserModelId) {
  WCHAR word[LONGEST];
  pop(word);
}

// Nsis7z: unpacks into the current folder.
CALLED(Extract) {
  WCHAR archive[LONGEST], unpacker[LONGEST], line[3 * LONGEST];
  pop(archive);
  if (!GetEnvironmentVariableW(L"CACHIBOT_7ZA", unpacker, LONGEST)) return;
  wsprintfW(line, L"\"%s\" x -y -bd \"%s\"", unpacker, archive);
  STARTUPINFOW start = {.cb = sizeof start};
  PROCESS_INFORMATION child;
  if (!CreateProcessW(NULL, line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &start, &child)) return;
  WaitForSingleObject(child.hProcess, INFINITE);
  CloseHandle(child.hThread);
  CloseHandle(child.hProcess);
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved) { return TRUE; }
