# What the installer and the uninstaller for Windows do beyond electron-builder's own.
!include LogicLib.nsh
!include FileFunc.nsh

# A file of a program that runs cannot be replaced: a server left behind would stop each installation. So ours is ended
# first, the app before it, because the server saves and ends by itself when the app goes. Told by the path of the
# program, never by its name alone: a user may run a server of their own.
!ifdef BUILD_UNINSTALLER
  !define OF "un."
!else
  !define OF ""
!endif

# The size of Windows' PROCESSENTRY32W, which has to be told to it.
!if "${NSIS_PTR_SIZE}" = 8
  !define PROCESS_ENTRY_BYTES 568
!else
  !define PROCESS_ENTRY_BYTES 556
!endif

# $R8: path of a program. Returns the number of a process that runs it in $R9, or 0.
Function ${OF}findProgram
  Push $1
  Push $2
  Push $3
  Push $4
  Push $5
  Push $6
  StrCpy $R9 0
  System::Call 'kernel32::CreateToolhelp32Snapshot(i 2, i 0)p.r1'
  System::Alloc ${PROCESS_ENTRY_BYTES}
  Pop $2
  System::Call '*$2(i ${PROCESS_ENTRY_BYTES})'
  System::Call 'kernel32::Process32FirstW(p r1, p r2)i.r3'
  ${DoWhile} $3 <> 0
    System::Call '*$2(i, i, i.r4)'
    System::Call 'kernel32::OpenProcess(i 0x1000, i 0, i r4)p.r5'
    ${If} $5 <> 0
      StrCpy $6 ""
      System::Call 'kernel32::QueryFullProcessImageNameW(p r5, i 0, w.r6, *i ${NSIS_MAX_STRLEN})i'
      System::Call 'kernel32::CloseHandle(p r5)'
      ${If} $6 == $R8 # whatever the case of its letters
        StrCpy $R9 $4
        ${Break}
      ${EndIf}
    ${EndIf}
    System::Call 'kernel32::Process32NextW(p r1, p r2)i.r3'
  ${Loop}
  System::Free $2
  System::Call 'kernel32::CloseHandle(p r1)'
  Pop $6
  Pop $5
  Pop $4
  Pop $3
  Pop $2
  Pop $1
FunctionEnd

# $R8: path of a program. $R7: how many quarters of a second it may take to end by itself; then it is ended.
Function ${OF}endProgram
  ${Do}
    Call ${OF}findProgram
    ${If} $R9 = 0
    ${OrIf} $R7 <= 0
      ${Break}
    ${EndIf}
    Sleep 250
    IntOp $R7 $R7 - 1
  ${Loop}
  # Several may run it: Chromium's helpers are the same program.
  StrCpy $R7 40
  ${DoWhile} $R9 <> 0
    System::Call 'kernel32::OpenProcess(i 0x100001, i 0, i R9)p.R6'
    System::Call 'kernel32::TerminateProcess(p R6, i 1)i'
    System::Call 'kernel32::WaitForSingleObject(p R6, i 5000)i'
    System::Call 'kernel32::CloseHandle(p R6)'
    IntOp $R7 $R7 - 1
    ${If} $R7 <= 0
      ${Break} # not ours to end; the installer will say that files are in use
    ${EndIf}
    Call ${OF}findProgram
  ${Loop}
FunctionEnd

!macro customCheckAppRunning
  StrCpy $R8 "$INSTDIR\${APP_EXECUTABLE_FILENAME}"
  Call ${OF}findProgram
  StrCpy $R5 4
  ${If} $R9 <> 0
    ${IfNot} ${Silent}
      MessageBox MB_OKCANCEL|MB_ICONEXCLAMATION "$(appRunning)" /SD IDOK IDOK +2
      Quit
    ${EndIf}
    # Without /F it asks the window to close, as a user would.
    nsExec::Exec '"$SYSDIR\taskkill.exe" /PID $R9'
    Pop $R9
    StrCpy $R7 60
    Call ${OF}endProgram
    StrCpy $R5 48
  ${EndIf}
  # The server has 5 s to finish what runs and 3 s to save.
  StrCpy $R8 "$INSTDIR\resources\backend\cachibot-server.exe"
  StrCpy $R7 $R5
  Call ${OF}endProgram
!macroend

# What this user's own installation has told Windows to open cachibot:// with goes before what one for everyone does, and
# is left when the latter takes its place. Ours is what names this program where it is no more, or where this one is; not
# that of an installation elsewhere, nor of a program of another name.
!macro forgetProtocolOfThisPerson
  ReadRegStr $R8 HKCU "Software\Classes\cachibot\shell\open\command" ""
  StrLen $R9 '\${APP_EXECUTABLE_FILENAME}" "%1"'
  StrCpy $R9 $R8 "" -$R9
  ${If} $R9 == '\${APP_EXECUTABLE_FILENAME}" "%1"'
    StrCpy $R8 $R8 -6 1 # the path itself: without its quotes, and what comes after them
    ${If} $R8 == "$INSTDIR\${APP_EXECUTABLE_FILENAME}"
    ${OrIfNot} ${FileExists} $R8
      DeleteRegKey HKCU "Software\Classes\cachibot"
    ${EndIf}
  ${EndIf}
!macroend

!macro customInstall
  ${If} $installMode == "all"
    !insertmacro forgetProtocolOfThisPerson
  ${EndIf}
  WriteRegStr SHELL_CONTEXT "Software\Classes\cachibot" "" "URL:CachiBot"
  WriteRegStr SHELL_CONTEXT "Software\Classes\cachibot" "URL Protocol" ""
  WriteRegStr SHELL_CONTEXT "Software\Classes\cachibot\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
!macroend

# The user's conversations, keys and settings stay, unless they say otherwise: here, or with --delete-data.
!macro customUnInstall
  ${IfNot} ${isUpdated}
    DeleteRegKey SHELL_CONTEXT "Software\Classes\cachibot"
    !insertmacro forgetProtocolOfThisPerson
    # That it starts at login, which the app itself notes there when the user wishes it.
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "${APP_ID}"
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run" "${APP_ID}"
    StrCpy $R9 "no"
    ClearErrors
    ${GetParameters} $R8
    ${GetOptions} $R8 "--delete-data" $R7
    ${IfNot} ${Errors}
      StrCpy $R9 "yes"
    ${ElseIfNot} ${Silent}
      MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Delete your conversations, bots and keys, too? They are in $PROFILE\.cachibot, and your own CachiBot uses them as well." /SD IDNO IDNO +2
      StrCpy $R9 "yes"
    ${EndIf}
    # The user's own folders, also where CachiBot was installed for everyone.
    SetShellVarContext current
    # What installs a version again: of this one, and of those before. 150 MB each, and of no use without the app.
    RMDir /r "$LOCALAPPDATA\cachibot-desktop-updater"
    ${If} $R9 == "yes"
      RMDir /r "$PROFILE\.cachibot"
      RMDir /r "$APPDATA\CachiBot"
    ${EndIf}
    ${If} $installMode == "all"
      SetShellVarContext all
    ${EndIf}
  ${EndIf}
!macroend
