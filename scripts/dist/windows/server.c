// Stands in for the frozen server in a rehearsal of the Windows installer: wine cannot run one made on Linux. It runs
// until its stdin ends, as the real one does; `--stubborn` never ends.
#include <stdio.h>
#include <string.h>
#include <windows.h>

int main(int count, char **words) {
  puts("running");
  fflush(stdout);
  if (count > 1 && strcmp(words[1], "--stubborn") == 0) Sleep(INFINITE);
  while (getchar() != EOF) continue;
  return 0;
}
