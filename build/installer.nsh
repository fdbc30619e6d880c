# Additions to electron-builder's installer and uninstaller for Windows.
!include LogicLib.nsh
!include FileFunc.nsh

# Windows cannot replace the file of a running program: a server that was left running would block each installation. So
# the app is closed first, then our server, which saves and exits by itself when the app exits. Programs are identified
# by their paths, never by their names alone: a user may run a server of their own.
!ifdef BUILD_UNINSTALLER
  !define OF "un."
!else
  !define OF ""
!endif

# Size of Windows' PROCESSENTRY32W, which the API requires.
!if "${NSIS_PTR_SIZE}" = 8
  !define PROCESS_ENTRY_BYTES 568
!else
  !define PROCESS_ENTRY_BYTES 556
!endif

# $R8: path of a program. Returns the ID of a process that runs it in $R9, or 0.
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
      ${If} $6 == $R8 # == ignores case
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

# $R8: path of a program. $R7: quarters of a second to wait until it exits by itself; then its processes are terminated.
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
  # Several processes may run it: Chromium's helpers are the same program.
  StrCpy $R7 40
  ${DoWhile} $R9 <> 0
    System::Call 'kernel32::OpenProcess(i 0x100001, i 0, i R9)p.R6'
    System::Call 'kernel32::TerminateProcess(p R6, i 1)i'
    System::Call 'kernel32::WaitForSingleObject(p R6, i 5000)i'
    System::Call 'kernel32::CloseHandle(p R6)'
    IntOp $R7 $R7 - 1
    ${If} $R7 <= 0
      ${Break} # we may not terminate it; the installer will say that files are in use
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
    # Closing its windows is not enough: the app may ask because of running work, or stay in the background.
    nsExec::Exec /TIMEOUT=20000 '"$R8" --quit'
    Pop $R9
    StrCpy $R7 60
    Call ${OF}endProgram
    StrCpy $R5 48
  ${EndIf}
  # The server has 5 s to finish running work and 3 s to save.
  StrCpy $R8 "$INSTDIR\resources\backend\cachibot-server.exe"
  StrCpy $R7 $R5
  Call ${OF}endProgram
!macroend

# An installation for this user registers cachibot:// for the user. That takes precedence over the registration for all
# users, and stays when an installation for all users replaces this one. It is ours if it names this program at this
# installation's path, or at a path that no longer exists; not if it names another installation or another program.
!macro forgetProtocolOfThisUser
  ReadRegStr $R8 HKCU "Software\Classes\cachibot\shell\open\command" ""
  StrLen $R9 '\${APP_EXECUTABLE_FILENAME}" "%1"'
  StrCpy $R9 $R8 "" -$R9
  ${If} $R9 == '\${APP_EXECUTABLE_FILENAME}" "%1"'
    StrCpy $R8 $R8 -6 1 # the path, without its quotes and the text after them
    ${If} $R8 == "$INSTDIR\${APP_EXECUTABLE_FILENAME}"
    ${OrIfNot} ${FileExists} $R8
      DeleteRegKey HKCU "Software\Classes\cachibot"
    ${EndIf}
  ${EndIf}
!macroend

!macro customInstall
  ${If} $installMode == "all"
    !insertmacro forgetProtocolOfThisUser
  ${EndIf}
  WriteRegStr SHELL_CONTEXT "Software\Classes\cachibot" "" "URL:CachiBot"
  WriteRegStr SHELL_CONTEXT "Software\Classes\cachibot" "URL Protocol" ""
  WriteRegStr SHELL_CONTEXT "Software\Classes\cachibot\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
!macroend

# The user's conversations, keys and settings stay, unless the user agrees to delete them here, or passes --delete-data.
!macro customUnInstall
  ${IfNot} ${isUpdated}
    DeleteRegKey SHELL_CONTEXT "Software\Classes\cachibot"
    !insertmacro forgetProtocolOfThisUser
    # The start at login, which the app registers there if the user turns it on.
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "${APP_ID}"
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run" "${APP_ID}"
    StrCpy $R9 "no"
    ClearErrors
    ${GetParameters} $R8
    ${GetOptions} $R8 "--delete-data" $R7
    ${IfNot} ${Errors}
      StrCpy $R9 "yes"
    ${ElseIfNot} ${Silent}
      MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Also delete your conversations, bots and keys? They are in $PROFILE\.cachibot. A separately installed CachiBot uses them, too." /SD IDNO IDNO +2
      StrCpy $R9 "yes"
    ${EndIf}
    # The user's own folders, even if CachiBot was installed for all users.
    SetShellVarContext current
    # Downloaded installers of this version and earlier ones: 150 MB each, and useless without the app.
    RMDir /r "$LOCALAPPDATA\cachibot-desktop-updater"
    # The page's code, compiled. The folder above it goes only when nothing else is in it.
    RMDir /r "$LOCALAPPDATA\CachiBot\Code Cache"
    RMDir "$LOCALAPPDATA\CachiBot"
    ${If} $R9 == "yes"
      RMDir /r "$PROFILE\.cachibot"
      RMDir /r "$APPDATA\CachiBot"
    ${EndIf}
    ${If} $installMode == "all"
      SetShellVarContext all
    ${EndIf}
  ${EndIf}
!macroend
