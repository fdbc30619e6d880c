// Fake server for a rehearsal of the Windows installer, because wine cannot run a server that was frozen on Linux. Like
// the real server it exits when its stdin ends; with `--stubborn` it never exits. `--port N` listens on a port and does
// not respond; `--backup FILE` copies the user's data to FILE, prints a line and exits. `--app` imitates the app,
// which asks or stays in the background when its window is closed: it exits when it is launched again with `--quit`.
#include <winsock2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define QUIT "CachiBot quit"

static const char *option(int count, char **words, const char *name) {
  for (int at = 1; at < count; at++)
    if (strcmp(words[at], name) == 0) return at + 1 < count ? words[at + 1] : "";
  return NULL;
}

static int back_up(const char *copy) {
  char data[MAX_PATH];
  snprintf(data, sizeof data, "%s\\.cachibot\\cachibot.db", getenv("USERPROFILE"));
  if (!CopyFileA(data, copy, TRUE)) {
    fprintf(stderr, "%s could not be copied: error %lu\n", data, GetLastError());
    return 1;
  }
  printf("Copied %s to %s.\n", data, copy);
  return 0;
}

static int listen_on(int port) {
  WSADATA about;
  WSAStartup(MAKEWORD(2, 2), &about);
  SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, SOMAXCONN) == 0;
}

static int request_quit(void) {
  HANDLE quit = OpenEventA(EVENT_MODIFY_STATE, FALSE, QUIT);
  if (quit) SetEvent(quit);
  return 0;
}

int main(int count, char **words) {
  const char *copy = option(count, words, "--backup"), *port = option(count, words, "--port");
  if (copy) return back_up(copy);
  if (port && !listen_on(atoi(port))) return 48; // exit code of the real server for a port that is in use
  if (option(count, words, "--quit")) return request_quit();
  HANDLE quit = option(count, words, "--app") ? CreateEventA(NULL, TRUE, FALSE, QUIT) : NULL;
  puts("running");
  fflush(stdout);
  if (option(count, words, "--stubborn")) Sleep(INFINITE);
  if (quit) return WaitForSingleObject(quit, INFINITE);
  while (getchar() != EOF) continue;
  return 0;
}
