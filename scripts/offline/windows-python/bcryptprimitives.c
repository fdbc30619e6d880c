// bcryptprimitives.dll, which old versions of wine lack. Modules written in Rust read their random numbers from it.
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(void *bytes, ULONG count); // RtlGenRandom

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *bytes, SIZE_T count) {
  const ULONG most = 1 << 30;
  for (SIZE_T at = 0; at < count;) {
    ULONG part = count - at < most ? (ULONG)(count - at) : most;
    if (!SystemFunction036(bytes + at, part)) return FALSE;
    at += part;
  }
  return TRUE;
}
